/** Names the workspace that a request is about (mlflow/utils/workspace_utils.py). */
export const workspaceHeader = 'x-mlflow-workspace';

/** The workspace of everything where MLflow keeps no workspaces; a server answers for it when none is named. */
export const defaultWorkspace = 'default';
