import { z } from 'zod';
import { Problem } from '../platform/errors.ts';
import { MlflowRefusal } from '../mlflow/client/mlflowRefusal.ts';

const logIn =
  'Log in with the command "Slipway: Log In to Tracking Server", or with "slipway login" and MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.';
const checkUri = 'Check the setting slipway.tracking.uri; empty it to go back to the runs and models of this machine.';

/** What says to clients that the tracking server is at fault, not what they asked. */
const field = 'trackingUri';

/** The oldest MLflow that has what Slipway reads: models that are logged apart from runs. */
export const oldestMlflow = 3;

export function notMlflow(url: string, cause?: unknown): Problem {
  return new Problem('conflict', `${url} is not an MLflow tracking server.`, { field, remedy: checkUri, cause });
}

export function tooOld(url: string, version: string): Problem {
  return new Problem('conflict', `${url} runs MLflow ${version}; Slipway needs ${oldestMlflow}.0 or newer.`, {
    field,
    remedy: 'Update the server, or bring what it holds here with "slipway import".',
  });
}

/** The refusal of what MLflow's protocol has no call for. @param what begins the sentence, such as "Moving runs" */
export function cannotDo(what: string, url: string, remedy = 'It works for the runs and models of this machine: empty the setting slipway.tracking.uri.'): Problem {
  return new Problem('unavailable', `${what} cannot be done on ${url}: MLflow's protocol has no call for it.`, { remedy });
}

function ofRefusal(refusal: MlflowRefusal, url: string): Problem {
  const { status, code, said: message } = refusal;
  const detail = { cause: refusal };
  if (status === 401) {
    return new Problem('forbidden', `${url} refuses the login.`, { ...detail, field, remedy: logIn });
  }
  if (status === 403) {
    return new Problem('forbidden', `${url} does not permit this${message === '' ? '.' : `: ${message}`}`, { ...detail, remedy: 'Ask who runs the server for the permission, log in as someone else, or name a workspace that is yours in slipway.tracking.workspace.' });
  }
  if (status >= 300 && status < 400) {
    return new Problem('forbidden', `${url} leads to another page (${status}), as a login in the browser does.`, { ...detail, field, remedy: `${logIn} The URL must be the one that MLflow clients use.` });
  }
  if (code === 'RESOURCE_ALREADY_EXISTS') {
    return new Problem('already-exists', message, detail);
  }
  if (code === 'RESOURCE_DOES_NOT_EXIST' || (status === 404 && code !== '' && code !== 'ENDPOINT_NOT_FOUND')) {
    return new Problem('not-found', message, detail);
  }
  if (status === 404) {
    return notMlflow(url, refusal);
  }
  if (status >= 500 || status === 429 || status === 408) {
    return new Problem('unavailable', `${url} failed with ${status}${message === '' ? '.' : `: ${message}`}`, { ...detail, field, remedy: 'Try again; if it stays so, look at the log of the server.' });
  }
  return new Problem('invalid-input', message === '' ? `${url} refuses the request (${status}).` : message, detail);
}

/** Turns what went wrong with a shared server into a problem that says what to do about it. */
export function toServerProblem(error: unknown, url: string): unknown {
  if (error instanceof MlflowRefusal) {
    return ofRefusal(error, url);
  }
  if (error instanceof z.ZodError) {
    return notMlflow(url, error);
  }
  if (Problem.is(error, 'forbidden') && error.cause instanceof MlflowRefusal) {
    return ofRefusal(error.cause, url);
  }
  if (Problem.is(error, 'unavailable') && error.remedy !== undefined && !(error.cause instanceof MlflowRefusal) && error.field === undefined && error.message.startsWith(url)) {
    return new Problem('unavailable', error.message, { field, remedy: `Check the network and that the server runs, then try again. ${checkUri}`, cause: error.cause });
  }
  return error;
}
