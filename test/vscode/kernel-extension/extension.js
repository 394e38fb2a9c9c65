const path = require('node:path');
const vscode = require('vscode');
const { Kernel } = require('./kernel.js');
const { CellOutputs } = require('./outputs.js');

/**
 * A notebook controller with one ipykernel per notebook, started at the first execution. SLIPWAY_TEST_PYTHON names the Python
 * that has ipykernel.
 * @returns the kernels that were started, and an event for their statuses
 */
function activate(context) {
  const kernels = new Map();
  const running = new Map();
  const statusChanged = new vscode.EventEmitter();

  const controller = vscode.notebooks.createNotebookController('slipway-test-kernel', 'jupyter-notebook', 'Python 3 (ipykernel)');
  controller.supportedLanguages = ['python'];
  controller.supportsExecutionOrder = true;
  controller.description = process.env.SLIPWAY_TEST_PYTHON;

  const kernelOf = (notebook) => {
    const key = notebook.uri.toString();
    if (!kernels.has(key)) {
      const folder = path.dirname(notebook.uri.fsPath);
      const workspace = vscode.workspace.getWorkspaceFolder(notebook.uri)?.uri.fsPath ?? folder;
      kernels.set(key, new Kernel(process.env.SLIPWAY_TEST_PYTHON ?? 'python3', folder, path.join(workspace, '.env'), (status) => statusChanged.fire({ key, status })));
    }
    return kernels.get(key);
  };

  const runCell = async (cell, kernel) => {
    const execution = controller.createNotebookCellExecution(cell);
    execution.start(Date.now());
    await execution.clearOutput();
    const outputs = new CellOutputs(execution);
    execution.token.onCancellationRequested(() => kernel.interrupt());
    try {
      const reply = await kernel.execute(cell.document.getText(), (message) => outputs.show(message));
      await outputs.settled();
      execution.executionOrder = reply.execution_count ?? undefined;
      execution.end(reply.status === 'ok', Date.now());
      return reply.status === 'ok';
    } catch (error) {
      await outputs.showError(error);
      execution.end(false, Date.now());
      return false;
    }
  };

  // Executions of one notebook wait for each other, as in any kernel; a cell that fails drops those asked for with it.
  controller.executeHandler = (cells, notebook) => {
    const key = notebook.uri.toString();
    const next = (running.get(key) ?? Promise.resolve()).then(async () => {
      for (const cell of cells) {
        if (!(await runCell(cell, kernelOf(notebook)))) {
          return;
        }
      }
    });
    running.set(key, next);
    return next;
  };
  controller.interruptHandler = (notebook) => kernels.get(notebook.uri.toString())?.interrupt();

  const dispose = (notebook) => {
    kernels.get(notebook.uri.toString())?.dispose();
    kernels.delete(notebook.uri.toString());
  };

  const prefer = (notebook) => {
    if (notebook.notebookType === 'jupyter-notebook') {
      controller.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
    }
  };
  vscode.workspace.notebookDocuments.forEach(prefer);

  context.subscriptions.push(
    controller,
    statusChanged,
    vscode.workspace.onDidOpenNotebookDocument(prefer),
    vscode.workspace.onDidCloseNotebookDocument(dispose),
    vscode.commands.registerCommand('slipwayTestKernel.restart', async () => {
      const notebook = vscode.window.activeNotebookEditor?.notebook;
      if (notebook !== undefined) {
        await kernels.get(notebook.uri.toString())?.restart();
      }
    }),
    { dispose: () => kernels.forEach((kernel) => kernel.dispose()) },
  );
  return { startedKernel: (uri) => kernels.get(uri.toString()), onDidChangeStatus: statusChanged.event };
}

module.exports = { activate };
