/** The header by which the gateway and the companion show a replica that they may ask it. A client's own is never passed on. */
export const replicaKeyHeader = 'x-slipway-replica-key';
