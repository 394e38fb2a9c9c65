import type { ServiceState } from '../client/service/service.ts';

/** Whether endpoints come back when the machine has restarted, as a sentence. */
export function describeSurvival({ survival, beforeLogin }: Pick<ServiceState, 'survival' | 'beforeLogin'>): string {
  switch (survival) {
    case 'boot':
      return 'When this machine has restarted, endpoints come back by themselves.';
    case 'login':
      return ['When this machine has restarted, endpoints come back as soon as you log in.', beforeLogin].filter((part) => part !== undefined).join(' ');
    case 'use':
      return 'When this machine has restarted, endpoints stay down until Slipway is used; "slipway service install" lets them come back by themselves.';
  }
}
