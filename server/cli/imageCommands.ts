import { writeFile } from 'node:fs/promises';
import colors from 'picocolors';
import { CallFailure } from '../client/callFailure.ts';
import type { CompanionClient } from '../client/companionClient.ts';
import { formatAge } from '../contract/format/durations.ts';
import type { ImagePush, ImagePushState } from '../contract/imagePushes.ts';
import { lookUp } from '../contract/unknown.ts';
import { poll } from '../platform/time/poll.ts';
import { cancelOnInterrupt } from './cancelOnInterrupt.ts';
import { examples, type CommandGroup } from './command.ts';
import { connect } from './connection.ts';
import { parseModelReference } from './deployCommands.ts';
import { exitCodes } from './exitCodes.ts';
import { facts, short, table, type Output } from './output.ts';

const pollMilliseconds = 300;

const exitCodeOfState: Readonly<Record<ImagePushState, number>> = {
  waiting: exitCodes.success,
  running: exitCodes.success,
  succeeded: exitCodes.success,
  failed: exitCodes.failed,
  cancelled: exitCodes.cancelled,
};

function isOpen({ state }: ImagePush): boolean {
  return state === 'waiting' || state === 'running';
}

function describePush(push: ImagePush): string {
  const colour = push.state === 'succeeded' ? colors.green : isOpen(push) ? colors.cyan : colors.red;
  return facts([
    ['push', `${push.id}  ${colour(push.state)}${push.message === '' ? '' : `  ${push.message}`}`],
    ['image', `${push.model}:${push.modelVersion}${push.release === undefined ? '' : `, release ${short(push.release)}`}`],
    ['to', push.to],
    ...(push.pinned === undefined ? [] : [['by digest', push.pinned] as const]),
  ]);
}

/** Shows a push until it ends; Ctrl-C cancels it. */
function follow(client: CompanionClient, { id }: ImagePush, output: Output): Promise<ImagePush> {
  let shown = '';
  return cancelOnInterrupt(output, {
    follow: () =>
      poll(
        async () => {
          const current = await client.call('getImagePush', { id });
          if (current.message !== shown && isOpen(current)) {
            output.progress(current.message);
            shown = current.message;
          }
          return isOpen(current) ? undefined : current;
        },
        { every: pollMilliseconds },
      ),
    cancel: () => client.call('cancelImagePush', { id }),
    said: 'Cancelling.',
  });
}

interface PushOptions {
  readonly endpoint?: string;
  readonly model?: string;
  readonly to: string;
  readonly detach?: boolean;
}

/** The digest of what an endpoint serves, or the beginning of one that was given. */
async function findRelease(client: CompanionClient, named: string): Promise<string> {
  if (/^[0-9a-f]{6,64}$/.test(named)) {
    return named;
  }
  const { liveRelease } = await client.call('getEndpoint', { name: named });
  if (liveRelease === undefined) {
    throw new CallFailure('conflict', `The endpoint ${named} has no live release.`, { remedy: 'Give the digest of a release; "slipway releases" lists them.' });
  }
  return liveRelease;
}

export const imageCommands: CommandGroup = (program, run) => {
  program
    .command('push')
    .description('push the image of what an endpoint serves, or of a model version, to a registry; it is built if it is not there')
    .option('--endpoint <name>', 'its live version, with its serving config')
    .option('--model <model>', 'MODEL, MODEL:VERSION or MODEL@ALIAS, which need not be deployed')
    .requiredOption('--to <name>', 'HOST[:PORT]/PATH[:TAG]; the tag is the version unless given')
    .option('--detach', 'return at once; "slipway pushes" shows how far it is')
    .addHelpText(
      'after',
      `${examples('push --endpoint churn --to registry.example.com/team/churn', 'push --model churn@champion --to localhost:5000/churn:candidate')}

Takes the login of "docker login" or "podman login". What has arrived is not sent again. The image answers on port 8080 and holds its bill of
materials at /opt/slipway/sbom.cdx.json.`,
    )
    .action(
      run(async (output, options: PushOptions) => {
        if ((options.endpoint === undefined) === (options.model === undefined)) {
          throw new CallFailure('invalid-input', 'Say what is pushed: either --endpoint NAME or --model MODEL@ALIAS.');
        }
        const client = await connect();
        const started =
          options.endpoint === undefined
            ? await client.call('pushModelImage', { ...parseModelReference(options.model ?? ''), to: options.to })
            : await client.call('pushEndpointImage', { name: options.endpoint, to: options.to });
        const push = options.detach === true ? started : await follow(client, started, output);
        output.result(push, () => describePush(push));
        return lookUp(exitCodeOfState, push.state) ?? exitCodes.failed;
      }),
    );

  program
    .command('pushes')
    .description('list images that were pushed to registries, or cancel one that is under way')
    .option('--cancel <id>', 'the beginning of its id')
    .addHelpText('after', examples('pushes', 'pushes --cancel 3f2a'))
    .action(
      run(async (output, { cancel }: { readonly cancel?: string }) => {
        const client = await connect();
        const { pushes } = await client.call('listImagePushes', {});
        if (cancel !== undefined) {
          const found = pushes.find(({ id }) => id.startsWith(cancel));
          if (found === undefined) {
            throw new CallFailure('not-found', `There is no push ${cancel}.`, { field: 'id', remedy: '"slipway pushes" lists them.' });
          }
          const push = await client.call('cancelImagePush', { id: found.id });
          output.result(push, () => describePush(push));
          return;
        }
        output.result({ pushes }, () =>
          table(
            ['id', 'image', 'to', 'state', 'by digest', 'started'],
            pushes.map((one) => [short(one.id), `${one.model}:${one.modelVersion}`, one.to, one.state, one.pinned?.split('@')[1]?.slice(0, 19) ?? '', formatAge(one.startedAt)]),
            'No image was pushed. "slipway push" does it.',
          ),
        );
      }),
    );

  program
    .command('sbom')
    .description('software bill of materials of what an endpoint serves, or of a release: CycloneDX 1.6 JSON')
    .argument('<endpoint or digest>')
    .option('--out <file>', 'write it there instead of to standard output')
    .addHelpText('after', examples('sbom churn --out churn.cdx.json', 'sbom 9f31c2 | jq .components[].purl'))
    .action(
      run(async (output, named: string, { out }: { readonly out?: string }) => {
        const client = await connect();
        const bom = await client.call('getReleaseSbom', { digest: await findRelease(client, named) });
        const text = JSON.stringify(bom, null, 2);
        if (out !== undefined) {
          await writeFile(out, `${text}\n`);
        }
        output.result(out === undefined ? bom : { out }, () => (out === undefined ? text : `Written to ${out}.`));
      }),
    );
};
