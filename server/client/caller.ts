/** Who this process asks for: what the extension may import of the server is the client. */
export { localCaller } from '../platform/caller.ts';
