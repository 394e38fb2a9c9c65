/** Where the files of runs and models are in the target, by where they are in the source. */
export interface Locations {
  /** @param id of the run or model in the source, by which `runs:/ID/path` and `models:/ID` name it */
  add(id: string, from: string, to: string): void;
  /** The target's location of one of the source, also of a path below one that was added; any other one as it is. */
  relocate(location: string): string;
}

/** A location with and without its scheme is the same. */
function plain(location: string): string {
  return location.replace(/^file:\/\//, '').replace(/\/+$/, '');
}

export function createLocations(): Locations {
  const locations = new Map<string, string>();
  return {
    add(id, from, to) {
      locations.set(plain(from), to);
      locations.set(id, to);
    },
    relocate(original) {
      const location = plain(original).replace(/^(?:runs|models):\/+(?=[0-9a-f]{32}|m-)/, '');
      for (let end = location.length; end > 0; end = location.lastIndexOf('/', end - 1)) {
        const found = locations.get(location.slice(0, end));
        if (found !== undefined) {
          return `${found.replace(/\/$/, '')}${location.slice(end)}`;
        }
      }
      return original;
    },
  };
}
