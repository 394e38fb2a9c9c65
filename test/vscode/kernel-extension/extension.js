const path = require('node:path');
const vscode = require('vscode');
const { Kernel } = require('./kernel.js');
const { CellOutputs } = require('./outputs.js');

/**
 * Notebook controllers, for Jupyter notebooks and for the Interactive Window, with one ipykernel per notebook, started at the first execution. SLIPWAY_TEST_PYTHON names the Python
 * that has ipykernel.
 * @returns the kernels that were started, and an event for their statuses
 */
function activate(context) {
  const kernels = new Map();
  const running = new Map();
  const statusChanged = new vscode.EventEmitter();

  const controllers = ['jupyter-notebook', 'interactive'].map((type) => {
    const made = vscode.notebooks.createNotebookController(type === 'interactive' ? 'slipway-test-interactive' : 'slipway-test-kernel', type, 'Python 3 (ipykernel)');
    made.supportedLanguages = ['python'];
    made.supportsExecutionOrder = true;
    made.description = process.env.SLIPWAY_TEST_PYTHON;
    return made;
  });

  const kernelOf = (notebook) => {
    const key = notebook.uri.toString();
    if (!kernels.has(key)) {
      const [first] = vscode.workspace.workspaceFolders ?? [];
      // The Interactive Window has no place of its own.
      const folder = notebook.notebookType === 'interactive' && first !== undefined ? first.uri.fsPath : path.dirname(notebook.uri.fsPath);
      const workspace = vscode.workspace.getWorkspaceFolder(notebook.uri)?.uri.fsPath ?? folder;
      kernels.set(key, new Kernel(process.env.SLIPWAY_TEST_PYTHON ?? 'python3', folder, path.join(workspace, '.env'), (status) => statusChanged.fire({ key, status })));
    }
    return kernels.get(key);
  };

  const runCell = async (cell, kernel, controller) => {
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
  const executeCells = (cells, notebook, controller) => {
    const key = notebook.uri.toString();
    const next = (running.get(key) ?? Promise.resolve()).then(async () => {
      for (const cell of cells) {
        if (!(await runCell(cell, kernelOf(notebook), controller))) {
          return;
        }
      }
    });
    running.set(key, next);
    return next;
  };
  for (const controller of controllers) {
    controller.executeHandler = executeCells;
    controller.interruptHandler = (notebook) => kernels.get(notebook.uri.toString())?.interrupt();
  }

  const dispose = (notebook) => {
    kernels.get(notebook.uri.toString())?.dispose();
    kernels.delete(notebook.uri.toString());
  };

  const prefer = (notebook) => {
    const controller = controllers[['jupyter-notebook', 'interactive'].indexOf(notebook.notebookType)];
    controller?.updateNotebookAffinity(notebook, vscode.NotebookControllerAffinity.Preferred);
  };
  vscode.workspace.notebookDocuments.forEach(prefer);

  context.subscriptions.push(
    ...controllers,
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
