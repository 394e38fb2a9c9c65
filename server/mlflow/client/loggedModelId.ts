/** The id of a LoggedModel in a version's source or location. */
export function modelIdOf(...locations: readonly string[]): string | undefined {
  for (const location of locations) {
    const found = /^models:\/+(m-[\w-]+)\/?$|\/models\/(m-[\w-]+)\/artifacts\/?$/.exec(location);
    if (found !== null) {
      return found[1] ?? found[2];
    }
  }
  return undefined;
}
