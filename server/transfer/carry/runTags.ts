/** Tags that name another run, by its id. */
const runIdTags = ['mlflow.parentRunId', 'mlflow.rootRunId'];

/** The tags of a run that name other runs. @param runIdOf gives the id that one of the source has in the target */
export function tagsOfRuns(tags: ReadonlyMap<string, string>, runIdOf: (id: string) => string): Map<string, string> {
  return new Map([...tags].filter(([key]) => runIdTags.includes(key)).map(([key, id]) => [key, runIdOf(id)]));
}
