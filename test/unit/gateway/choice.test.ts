import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { choose, type ChoiceInput } from '../../../server/gateway/choice.ts';
import { namedRelease } from '../../../server/gateway/namedRelease.ts';
import type { EndpointRoute } from '../../../server/gateway/routeFile.ts';

const [a, b, c] = ['a'.repeat(64), 'b'.repeat(64), 'c'.repeat(64)];

function route(...releases: readonly (readonly [release: string, weight: number, addresses: readonly string[]])[]): EndpointRoute {
  return {
    timeoutSeconds: 1,
    releases: releases.map(([release, weight, addresses]) => ({ release, weight, version: 1, replicas: addresses.map((address) => ({ id: address, address })) })),
  };
}

function chosen(input: Partial<ChoiceInput> & Pick<ChoiceInput, 'route'>): string | undefined {
  const found = choose({ endpoint: 'e', key: undefined, failed: new Set(), isUp: () => true, inFlight: () => 0, random: () => 0, ...input });
  return found?.replica.address;
}

describe('the choice of a replica', () => {
  it('follows the weights, which need not add up to 100', () => {
    const split = route([a, 3, ['a:1']], [b, 0, ['b:1']], [c, 1, ['c:1']]);
    assert.deepEqual([0, 0.5, 0.74, 0.75, 0.999].map((point) => chosen({ route: split, random: () => point })), ['a:1', 'a:1', 'a:1', 'c:1', 'c:1']);
  });

  it('takes the replica with the fewest requests in flight', () => {
    const busy: Record<string, number> = { 'a:1': 3, 'a:2': 1, 'a:3': 2 };
    assert.equal(chosen({ route: route([a, 100, ['a:1', 'a:2', 'a:3']]), inFlight: (address) => busy[address] ?? 0 }), 'a:2');
  });

  it('passes over replicas that failed the request, and never gives them a second time', () => {
    const two = route([a, 100, ['a:1', 'a:2']]);
    assert.equal(chosen({ route: two, failed: new Set(['a:1']) }), 'a:2');
    assert.equal(chosen({ route: two, failed: new Set(['a:1', 'a:2']) }), undefined);
  });

  it('goes to another release that has traffic when all replicas of the drawn one are down, and not to one without', () => {
    const isUp = (address: string): boolean => address !== 'a:1';
    assert.equal(chosen({ route: route([a, 90, ['a:1']], [b, 10, ['b:1']]), isUp }), 'b:1');
    assert.equal(chosen({ route: route([a, 100, ['a:1']], [b, 0, ['b:1']]), isUp }), 'a:1');
    assert.equal(chosen({ route: route([a, 100, []], [b, 0, ['b:1']]) }), undefined);
  });

  it('takes the release that a request names, and no other when that is down', () => {
    const split = route([a, 100, ['a:1']], [b, 0, ['b:1']]);
    const named = namedRelease(split, 'bbbbbbbb');
    assert.equal(chosen({ route: split, named }), 'b:1');
    assert.equal(chosen({ route: split, named, isUp: (address) => address !== 'b:1' }), 'b:1');
    assert.equal(chosen({ route: split, named, failed: new Set(['b:1']) }), undefined);
  });

  it('finds a named release by a part of its digest or by its version, where only one has it', () => {
    const split = route([a, 100, ['a:1']], [b, 0, ['b:1']]);
    const versions = { ...split, releases: split.releases.map((each, index) => ({ ...each, version: index + 3 })) };
    assert.deepEqual(['aaaaaa', b, 'v3', 'v4'].map((words) => namedRelease(versions, words)?.release), [a, b, a, b]);
    assert.deepEqual(['aaaaa', 'cccccc', 'v5', '3', '', 'b'.repeat(65)].map((words) => namedRelease(versions, words)), Array(6).fill(undefined));
    assert.equal(namedRelease(split, 'v1'), undefined);
  });

  it('gives nothing when no release has a share', () => {
    assert.equal(chosen({ route: route([a, 0, ['a:1']]) }), undefined);
    assert.equal(chosen({ route: route() }), undefined);
  });

  it('spreads client keys by the weights', () => {
    const split = route([a, 75, ['a:1']], [b, 25, ['b:1']]);
    const keys = Array.from({ length: 4000 }, (_, index) => `key-${index}`);
    const ofB = keys.filter((key) => chosen({ route: split, key }) === 'b:1').length;
    assert.ok(ofB > 850 && ofB < 1150, `${ofB} of 4000 keys`);
  });
});
