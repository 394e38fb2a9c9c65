/** How long a server that was away is left alone, in milliseconds: what waits for it goes out within a quarter of a minute after it is back. */
export const serverRetry = { firstMilliseconds: 2000, mostMilliseconds: 15_000 } as const;
