import type { Request, Response } from 'express';
import type { CompanionEvent } from '../../contract/events.ts';

export type EventListener = (event: CompanionEvent) => void;

/** Where features say what changed. Listeners run synchronously and must not throw. */
export interface EventHub {
  publish(event: CompanionEvent): void;
  subscribe(listener: EventListener): () => void;
}

/** An in-process hub without history. */
export function createEventHub(): EventHub {
  const listeners = new Set<EventListener>();
  return {
    publish(event) {
      for (const listener of listeners) {
        listener(event);
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const keepAliveMilliseconds = 15_000;

/** Express handler of the event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function streamEvents(hub: EventHub): (request: Request, response: Response) => void {
  return (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': connected\n\n');
    const unsubscribe = hub.subscribe((event) => {
      response.write(`data: ${JSON.stringify(event)}\n\n`);
    });
    const keepAlive = setInterval(() => response.write(': keep-alive\n\n'), keepAliveMilliseconds);
    response.once('close', () => {
      clearInterval(keepAlive);
      unsubscribe();
    });
  };
}
