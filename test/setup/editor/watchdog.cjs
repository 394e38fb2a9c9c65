// In place of @vscode/native-watchdog, which has to be compiled: it ends an extension host that is stuck when its parent has died. The
// tests end the whole group of processes of an editor.
exports.start = () => {};
