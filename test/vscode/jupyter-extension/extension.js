const vscode = require('vscode');
const { ApiKernel } = require('./apiKernel.js');

/**
 * Exports `kernels.getKernel` as the Jupyter extension documents it (github.com/microsoft/vscode-jupyter, src/api.d.ts), and refuses
 * calls that break the contract. It asks the user for consent, unless the command `slipwayTestJupyter.answer` has answered.
 */
async function activate(context) {
  const controller = await vscode.extensions.getExtension('slipway-test.test-kernel').activate();
  let consent;

  const askConsent = async () => {
    const detail = 'This allows the extension to execute code against Jupyter Kernels.';
    const question = 'Do you want to grant Kernel access to the extension Slipway (slipway.slipway)?';
    return (await vscode.window.showInformationMessage(question, { modal: true, detail }, 'Allow', 'Deny')) === 'Allow';
  };
  const allowed = () => {
    consent ??= askConsent();
    return consent;
  };

  context.subscriptions.push(
    vscode.commands.registerCommand('slipwayTestJupyter.answer', (answer) => {
      consent = Promise.resolve(answer === 'Allow');
    }),
  );
  return Object.freeze({
    kernels: Object.freeze({
      async getKernel(uri) {
        if (!(uri instanceof vscode.Uri) || !vscode.workspace.notebookDocuments.some((notebook) => notebook.uri.toString() === uri.toString())) {
          throw new TypeError('getKernel wants the URI of an open notebook');
        }
        const kernel = controller.startedKernel(uri);
        return kernel === undefined ? undefined : new ApiKernel(kernel, uri, controller.onDidChangeStatus, allowed).api;
      },
    }),
  });
}

module.exports = { activate };
