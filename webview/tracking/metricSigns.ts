import type { Task } from '../ui/actions.ts';
import type { GridSign } from '../ui/grid/gridProps.ts';
import type { Field } from './field.ts';
import type { Judgement } from './judgement.ts';

const directions = {
  lower: { icon: 'triangle-down', meaning: 'lower is better', next: 'higher', change: 'Lower is better: say that higher is' },
  higher: { icon: 'triangle-up', meaning: 'higher is better', next: 'none', change: 'Higher is better: say that no value is' },
  none: { icon: 'dash', meaning: 'no value is better', next: 'lower', change: 'No value is better: say that lower is' },
} as const;

/** The signs of a metric's header: a star makes it the primary metric of the experiment, and beside it which values are better. None for what is no metric of the run itself. */
export function metricSigns({ kind, linked, key, name, direction }: Field, judgement: Pick<Judgement, 'primary' | 'choosePrimary' | 'chooseDirection'>, task: Task): readonly GridSign[] {
  if (kind !== 'metric' || linked) {
    return [];
  }
  const primary = judgement.primary.value;
  const on = primary?.metric === key;
  const chosen = on && primary.chosen;
  const { icon, meaning, next, change } = directions[direction ?? 'none'];
  return [
    {
      icon: chosen ? 'star-full' : on ? 'star-half' : 'star-empty',
      on,
      title: chosen ? 'Leave the primary metric to the names of metrics' : `Make ${name} the primary metric of the experiment`,
      meaning: chosen ? 'primary metric' : 'primary metric, by its name',
      key: 's',
      run: () => {
        task.run(() => judgement.choosePrimary(chosen ? null : key));
      },
    },
    {
      icon,
      on,
      title: change,
      meaning,
      key: 'd',
      run: () => {
        task.run(() => judgement.chooseDirection(key, next));
      },
    },
  ];
}
