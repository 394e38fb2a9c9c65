/** Where the extension finds the data home: what it may import of the server is the client. */
export { dataHomePath, lockFilePath } from '../platform/dataHome.ts';
