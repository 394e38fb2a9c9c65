/** What the other features use of models: their files, what these say, and whether they can be served. */
export { digestOf, type ModelFile } from './modelFile.ts';
export { emptyMlmodel, readMlmodel } from './mlmodel.ts';
export { createModelReader, describeEnvironment, pythonOf } from './modelReader.ts';
export { normalizedName, readRequirements, withoutPackages } from './requirements.ts';
export { requireSavedVersion, rivalPackages } from './servable.ts';
export { readServableModel, type ServableModel } from './servableModel.ts';
export { checkPickles } from './pickleCheck.ts';
export { wrapModelFile } from './wrapModelFile.ts';
