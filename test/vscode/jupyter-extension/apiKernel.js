const vscode = require('vscode');

/** One started kernel as the Jupyter extension shows it to other extensions. */
class ApiKernel {
  #kernel;
  #allowed;

  constructor(kernel, uri, onDidChangeStatus, allowed) {
    this.#kernel = kernel;
    this.#allowed = allowed;
    this.api = Object.freeze({
      language: 'python',
      get status() {
        return kernel.status;
      },
      onDidChangeStatus: (listener) => onDidChangeStatus(({ key, status }) => key === uri.toString() && listener(status)),
      executeCode: (code, token) => this.#executeCode(code, token),
    });
  }

  /** Executes without an execution count, and yields each output as it comes. */
  async *#executeCode(code, token) {
    if (typeof code !== 'string' || typeof token?.onCancellationRequested !== 'function') {
      throw new TypeError('executeCode wants code and a cancellation token');
    }
    if (!(await this.#allowed())) {
      throw Object.assign(new Error('Access to Jupyter Kernel has been revoked'), { name: 'vscode.jupyter.apiAccessRevoked' });
    }
    const outputs = [];
    let wake = () => {};
    let done = false;
    const cancelled = token.onCancellationRequested(() => this.#kernel.interrupt());
    const finished = this.#kernel.execute(code, (message) => {
      outputs.push(message);
      wake();
    }, false).finally(() => {
      done = true;
      wake();
    });
    try {
      while (!done || outputs.length > 0) {
        if (outputs.length === 0) {
          await new Promise((resolve) => {
            wake = resolve;
          });
          continue;
        }
        yield toOutput(outputs.shift());
      }
      await finished;
    } finally {
      cancelled.dispose();
    }
  }
}

/** The items of an output message of the Jupyter protocol. */
function toOutput({ type, content }) {
  if (type === 'stream') {
    return { items: [content.name === 'stderr' ? vscode.NotebookCellOutputItem.stderr(content.text) : vscode.NotebookCellOutputItem.stdout(content.text)] };
  }
  if (type === 'error') {
    return { items: [vscode.NotebookCellOutputItem.error({ name: content.ename, message: content.evalue, stack: content.traceback.join('\n') })] };
  }
  const items = Object.entries(content.data ?? {}).map(([mime, value]) => vscode.NotebookCellOutputItem.text(typeof value === 'string' ? value : JSON.stringify(value), mime));
  return { items, metadata: content.metadata };
}

module.exports = { ApiKernel };
