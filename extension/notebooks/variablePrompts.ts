import { type Answer, askText, type Choice, pickOne, type Place } from '../vscode/prompts.ts';
import type { KernelVariables, ModelVariable, TableVariable } from './kernelVariables.ts';
import { inputNames, isPythonName, rankModelNames } from './pythonNames.ts';

/** The variables to choose from. */
export interface Variables {
  /** Names that the cells assign, the latest first. */
  readonly assigned: readonly string[];
  /** What the kernel holds; undefined where it cannot be asked. */
  readonly kernel: KernelVariables | undefined;
}

const other = Symbol('other');
type Picked = string | typeof other;

const anotherVariable: Choice<Picked> = { label: 'Another variable…', icon: 'edit', value: other };
const checkVariable = (text: string): string | undefined => (isPythonName(text) ? undefined : 'Type the name of a variable, such as model.');

function describeModel({ type, steps, fitted }: ModelVariable): Pick<Choice<Picked>, 'description' | 'detail'> {
  return {
    description: fitted === false ? `${type} · not fitted` : type,
    detail: steps.length === 0 ? undefined : steps.join(' → '),
  };
}

/** The variables that may hold a trained model, the likeliest first. */
export function modelChoices({ assigned, kernel }: Variables): Choice<Picked>[] {
  const models = [...(kernel?.models ?? [])].reverse().sort((a, b) => Number(a.fitted === false) - Number(b.fitted === false));
  if (models.length > 0) {
    return [...models.map((model) => ({ label: model.name, ...describeModel(model), icon: 'symbol-variable', group: 'Models in the kernel', value: model.name })), { ...anotherVariable, group: 'Others' }];
  }
  const group = kernel === undefined ? undefined : 'The kernel holds nothing with a predict method; assigned by the cells';
  return [...rankModelNames(assigned).map((name) => ({ label: name, icon: 'symbol-variable', group, value: name })), { ...anotherVariable, group }];
}

function describeTable({ type, rows, columns }: TableVariable): string {
  return `${type} · ${rows} × ${columns}`;
}

const giveExample = 'Its first 5 rows become the example, and give the signature';
const noExample: Choice<Picked> = {
  label: 'No example',
  detail: 'The model then has no signature: inputs are not checked and deployments have no smoke test',
  icon: 'circle-slash',
  value: '',
};

/** The variables that may hold inputs of a model: those of its width and with such a name first. */
export function exampleChoices({ assigned, kernel }: Variables, variable: string | undefined): Choice<Picked>[] {
  if (kernel === undefined) {
    const names = inputNames(assigned).filter((name) => name !== variable);
    return [...names.map((name) => ({ label: name, detail: giveExample, icon: 'table', value: name })), anotherVariable, noExample];
  }
  const width = kernel.models.find(({ name }) => name === variable)?.inputs ?? undefined;
  const named = inputNames(kernel.tables.map(({ name }) => name));
  const rank = ({ name, columns }: TableVariable): number => (width === undefined || columns === width ? 0 : 1000) + (named.includes(name) ? named.indexOf(name) : 100);
  const tables = [...kernel.tables].reverse().sort((a, b) => rank(a) - rank(b));
  return [
    ...tables.map((table) => ({ label: table.name, description: describeTable(table), detail: giveExample, icon: 'table', value: table.name })),
    anotherVariable,
    noExample,
  ];
}

async function askOr(choices: Promise<Choice<Picked>[]>, title: string, placeholder: string, prompt: string, place: Place): Promise<Answer<string>> {
  const answer = await pickOne<Picked>({ title, placeholder, ...place }, choices);
  return answer === other ? askText({ title, prompt, check: checkVariable, ...place }) : answer;
}

/** Asks which variable holds the trained model. */
export function askModelVariable(title: string, variables: Promise<Variables>, place: Place): Promise<Answer<string>> {
  return askOr(variables.then(modelChoices), title, 'Which variable holds the trained model?', 'Variable that holds the trained model', place);
}

/** Asks which variable holds inputs of the model; the empty text means none. */
export function askExampleVariable(title: string, variables: Promise<Variables>, model: string | undefined, place: Place): Promise<Answer<string>> {
  const choices = variables.then((loaded) => exampleChoices(loaded, model));
  return askOr(choices, title, 'Which variable holds inputs of the model?', 'Variable that holds a table of inputs', place);
}
