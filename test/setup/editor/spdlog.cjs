// In place of @vscode/spdlog, which has to be compiled: what VS Code calls of it, with lines appended to the log file at once.
const { appendFileSync, mkdirSync } = require('node:fs');
const path = require('node:path');

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical', 'off'];

class Logger {
  constructor(file) {
    this.file = file;
    this.level = levels.indexOf('info');
    this.bare = false;
  }

  write(level, message) {
    if (levels.indexOf(level) >= this.level) {
      const head = this.bare ? '' : `${new Date().toISOString().replace('T', ' ').replace('Z', '')} [${level}] `;
      try {
        appendFileSync(this.file, this.bare ? message : `${head}${message}\n`);
      } catch {
        // The folder of the logs has been removed, which is no reason to end the editor.
      }
    }
  }

  getLevel() {
    return this.level;
  }

  setLevel(level) {
    this.level = level;
  }

  clearFormatters() {
    this.bare = true;
  }

  setPattern() {}
  flush() {}
  drop() {}
}

for (const level of levels.slice(0, -1)) {
  Logger.prototype[level] = function log(message) {
    this.write(level, message);
  };
}

function create(name, file) {
  mkdirSync(path.dirname(file), { recursive: true });
  return new Logger(file);
}

exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.shutdown = () => {};
exports.createRotatingLogger = async (...args) => create(...args);
exports.createAsyncRotatingLogger = async (...args) => create(...args);
