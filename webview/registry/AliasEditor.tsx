import type { VNode } from 'preact';
import { useSignal } from '@preact/signals';
import type { ModelVersion, RegisteredModel } from '../../server/contract/registry.ts';
import { useTask } from '../ui/actions.ts';
import { Failure, Icon, ToolButton } from '../ui/blocks.tsx';
import { Button, TextField } from '../ui/toolkit.ts';
import { aliasProblem, cleanAlias, suggestedAliases } from './aliases.ts';
import type { RegistryStore } from './store.ts';

interface AliasEditorProps {
  readonly store: RegistryStore;
  readonly model: RegisteredModel;
  readonly version: ModelVersion;
}

/** The aliases of a version: remove one, add one, or move one here from another version. */
export function AliasEditor({ store, model, version }: AliasEditorProps): VNode {
  const draft = useSignal<string | undefined>(undefined);
  const task = useTask();
  const alias = cleanAlias(draft.value ?? '');
  const problem = alias === '' ? undefined : aliasProblem(alias);
  const elsewhere = model.aliases[alias];
  const set = (name: string): void => {
    if (name === '' || aliasProblem(name) !== undefined) {
      return;
    }
    task.run(async () => {
      await store.setAlias(version, name);
      draft.value = undefined;
    });
  };

  return (
    <div class="aliases">
      <div class="alias-row">
        <span class="label">Aliases</span>
        {version.aliases.length === 0 && draft.value === undefined && <span class="muted">none</span>}
        {version.aliases.map((name) => (
          <span key={name} class="badge badge-accent alias">
            <span>@{name}</span>
            <button
              type="button"
              aria-label={`Remove alias ${name}`}
              title={`Remove alias ${name}`}
              disabled={task.running.value}
              onClick={() => {
                task.run(() => store.deleteAlias(model.name, name));
              }}
            >
              <Icon name="close" />
            </button>
          </span>
        ))}
        {draft.value === undefined && (
          <ToolButton
            icon="add"
            label="Add alias"
            onClick={() => {
              draft.value = '';
            }}
          />
        )}
      </div>
      {draft.value !== undefined && (
        <div class="alias-edit">
          <div class="alias-row">
            <TextField
              label="New alias"
              placeholder="champion"
              autofocus
              value={draft.value}
              onInput={(text) => {
                draft.value = text;
              }}
              onEnter={() => {
                set(alias);
              }}
              onEscape={() => {
                draft.value = undefined;
              }}
            />
            <Button
              primary
              disabled={task.running.value || alias === '' || problem !== undefined}
              onClick={() => {
                set(alias);
              }}
            >
              {elsewhere !== undefined && elsewhere !== version.version ? `Move from v${elsewhere}` : 'Add'}
            </Button>
            <Button
              onClick={() => {
                draft.value = undefined;
              }}
            >
              Cancel
            </Button>
          </div>
          {problem !== undefined && <p class="tone-bad">{problem}</p>}
          <div class="alias-row">
            {suggestedAliases(model, version).map((name) => (
              <button
                key={name}
                type="button"
                class="badge badge-neutral badge-button"
                onClick={() => {
                  set(name);
                }}
              >
                <span>
                  @{name}
                  {model.aliases[name] !== undefined && ` · move from v${model.aliases[name]}`}
                </span>
              </button>
            ))}
          </div>
        </div>
      )}
      {task.failure.value !== undefined && <Failure what="The alias was not changed." failure={task.failure.value} onDismiss={task.clear} />}
    </div>
  );
}
