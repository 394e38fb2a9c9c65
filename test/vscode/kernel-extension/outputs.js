const vscode = require('vscode');

/** Shows a kernel's output messages in a cell, in the order in which they came, with the metadata that the Jupyter extension gives them. */
class CellOutputs {
  #execution;
  #queue = Promise.resolve();
  #stream;

  constructor(execution) {
    this.#execution = execution;
  }

  /** @param message `{type, content}` of the Jupyter messaging protocol */
  show(message) {
    this.#queue = this.#queue.then(() => this.#append(message));
  }

  showError(error) {
    this.#queue = this.#queue.then(() => this.#add([vscode.NotebookCellOutputItem.error(error)]));
    return this.#queue;
  }

  /** Resolves when all that was shown is in the document. */
  settled() {
    return this.#queue;
  }

  async #append({ type, content }) {
    if (type === 'stream') {
      await this.#appendStream(content.name, content.text);
      return;
    }
    this.#stream = undefined;
    if (type === 'display_data' || type === 'execute_result') {
      await this.#add(itemsOf(content.data), { outputType: type, executionCount: content.execution_count, metadata: content.metadata });
    } else if (type === 'error') {
      const error = { name: content.ename, message: content.evalue, stack: content.traceback.join('\n') };
      const originalError = { output_type: type, ...content };
      await this.#add([vscode.NotebookCellOutputItem.error(error)], { outputType: type, originalError });
    } else if (type === 'clear_output') {
      await this.#execution.clearOutput();
    }
  }

  async #appendStream(name, text) {
    const item = name === 'stderr' ? vscode.NotebookCellOutputItem.stderr(text) : vscode.NotebookCellOutputItem.stdout(text);
    if (this.#stream?.name === name) {
      await this.#execution.appendOutputItems([item], this.#stream.output);
      return;
    }
    this.#stream = { name, output: await this.#add([item], { outputType: 'stream' }) };
  }

  async #add(items, metadata = {}) {
    const output = new vscode.NotebookCellOutput(items, metadata);
    await this.#execution.appendOutput(output);
    return output;
  }
}

function itemsOf(data) {
  return Object.entries(data).map(([mime, value]) => {
    if (/^image\/(?!svg)/.test(mime)) {
      return new vscode.NotebookCellOutputItem(Buffer.from(value, 'base64'), mime);
    }
    return typeof value === 'string' ? vscode.NotebookCellOutputItem.text(value, mime) : vscode.NotebookCellOutputItem.json(value, mime);
  });
}

module.exports = { CellOutputs };
