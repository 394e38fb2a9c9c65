/** A file among the artifacts of a run or a LoggedModel. */
export interface ArtifactFile {
  /** Below the place, with slashes. */
  readonly path: string;
  /** Undefined where a listing does not tell. */
  readonly bytes: number | undefined;
}
