import { window } from 'vscode';
import { z } from 'zod';
import { formatAge } from '../../server/contract/format/durations.ts';
import { formatTime } from '../../server/contract/format/times.ts';
import type { RetrainedModel } from '../../server/contract/retraining.ts';
import type { App, AppCommands } from '../app.ts';
import { subjectAs } from '../vscode/commands.ts';
import { type Choice, chosen, pickOne } from '../vscode/prompts.ts';
import { retrain, showRetrainingLog } from './retrain.ts';

const modelSubject = z.object({ model: z.string() });

function toChoice({ model, recipe, nextAt, retrainings: [last] }: RetrainedModel): Choice<string> {
  return {
    label: model,
    description: [...(last === undefined ? ['not retrained yet'] : [`${last.state} ${formatAge(last.endedAt ?? last.requestedAt)}`]), ...(nextAt === undefined ? [] : [`next ${formatTime(nextAt)}`])].join(' · '),
    detail: recipe?.notebook,
    icon: 'sync',
    value: model,
  };
}

async function retrainedModelOf({ connection }: App, subject: unknown, title: string): Promise<string | undefined> {
  const given = subjectAs(modelSubject, subject)?.model;
  if (given !== undefined) {
    return given;
  }
  const models = (await connection.call('listRetraining', {})).models.filter(({ recipe }) => recipe !== undefined);
  if (models.length === 0) {
    void window.showInformationMessage('No policy says how a model is retrained: write "retraining: {notebook: FILE.ipynb}" below its name in slipway.yaml.');
    return undefined;
  }
  return chosen(await pickOne({ title, placeholder: 'Which model?' }, models.map(toChoice)));
}

export const retrainingCommands: AppCommands = {
  'slipway.retrain': {
    doing: 'retraining a model',
    needsTrust: true,
    run: async (app, subject) => {
      const model = await retrainedModelOf(app, subject, 'Slipway: Retrain');
      return model === undefined ? undefined : retrain(app, model, subjectAs(z.object({ confirmed: z.literal(true) }), subject) !== undefined);
    },
  },
  'slipway.showRetrainingLog': {
    doing: 'showing the log of a retraining',
    run: async (app, subject) => {
      const model = await retrainedModelOf(app, subject, 'Slipway: Show Retraining Log');
      const last = model === undefined ? undefined : (await app.connection.call('listRetraining', { model })).models[0]?.retrainings[0];
      if (model !== undefined && last === undefined) {
        void window.showInformationMessage(`${model} was not retrained yet.`);
      } else if (last !== undefined) {
        await showRetrainingLog(last);
      }
    },
  },
};
