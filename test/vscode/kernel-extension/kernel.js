const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');

/** One ipykernel behind `bridge.py`: requests and messages are JSON lines. */
class Kernel {
  #python;
  #folder;
  #environmentFile;
  #bridge;
  #pending = new Map();
  #next = 1;
  #said = '';
  #status = 'unknown';
  #statusChanged;

  /**
   * @param environmentFile the workspace's `.env`, which the Jupyter extension gives to its kernels too
   * @param statusChanged called with each new status, one of the Jupyter protocol's
   */
  constructor(python, folder, environmentFile, statusChanged) {
    this.#python = python;
    this.#folder = folder;
    this.#environmentFile = environmentFile;
    this.#statusChanged = statusChanged;
  }

  get status() {
    return this.#status;
  }

  /**
   * Executes code.
   * @param show called with each output message, in order
   * @param history whether it gets an execution count
   * @returns the kernel's execute reply
   */
  async execute(code, show, history = true) {
    const reply = this.#ask({ do: 'execute', code, history }, show);
    this.#become('busy');
    try {
      return await reply;
    } finally {
      if (this.#status === 'busy' && this.#pending.size === 0) {
        this.#become('idle');
      }
    }
  }

  interrupt() {
    return this.#ask({ do: 'interrupt' });
  }

  /** Starts a fresh kernel process: all variables are gone and the execution count begins at 1. */
  async restart() {
    if (this.#bridge !== undefined) {
      this.#become('restarting');
      await this.#ask({ do: 'restart', environment: this.#environment() });
      this.#become('idle');
    }
  }

  dispose() {
    this.#bridge?.stdin.end();
  }

  #become(status) {
    if (this.#status !== status) {
      this.#status = status;
      this.#statusChanged(status);
    }
  }

  #environment() {
    try {
      const lines = readFileSync(this.#environmentFile, 'utf8').split('\n');
      const pairs = lines.map((line) => /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(?:"(.*)"|'(.*)'|(.*?))\s*$/.exec(line)).filter((pair) => pair !== null);
      return Object.fromEntries(pairs.map(([, name, double, single, plain]) => [name, double ?? single ?? plain]));
    } catch {
      return {};
    }
  }

  #ask(request, show = () => {}) {
    const bridge = this.#start();
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, show });
      bridge.stdin.write(`${JSON.stringify({ id, ...request })}\n`);
    });
  }

  #start() {
    if (this.#bridge !== undefined) {
      return this.#bridge;
    }
    const bridge = spawn(this.#python, [path.join(__dirname, 'bridge.py')], {
      cwd: this.#folder,
      env: { ...process.env, ...this.#environment() },
      stdio: 'pipe',
    });
    this.#bridge = bridge;
    readline.createInterface({ input: bridge.stdout }).on('line', (line) => this.#receive(JSON.parse(line)));
    bridge.stderr.on('data', (chunk) => {
      this.#said = `${this.#said}${chunk}`.slice(-4000);
    });
    bridge.stdin.on('error', () => {});
    bridge.on('error', (error) => this.#end(error));
    bridge.on('exit', () => this.#end(new Error(`The kernel has ended. ${this.#said}`)));
    return bridge;
  }

  #receive({ id, message, reply, failure }) {
    const request = this.#pending.get(id);
    if (request === undefined) {
      return;
    }
    if (message !== undefined) {
      request.show(message);
      return;
    }
    this.#pending.delete(id);
    if (failure === undefined) {
      request.resolve(reply);
    } else {
      request.reject(new Error(failure));
    }
  }

  #end(error) {
    this.#bridge = undefined;
    this.#become('dead');
    for (const { reject } of this.#pending.values()) {
      reject(error);
    }
    this.#pending.clear();
  }
}

module.exports = { Kernel };
