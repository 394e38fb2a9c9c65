import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cagedCommand, describeCage, type Cage } from '../../../server/platform/cage.ts';

const none: Cage = { mechanism: 'none', reason: 'this kernel has no Landlock (Function not implemented), and bubblewrap is not installed' };

describe('what is said of a cage', () => {
  const closed = { folders: [], network: false };

  it('is what it shuts, as far as this machine can', () => {
    const shut = (network: 'all' | 'tcp' | 'none'): string => describeCage({ mechanism: 'landlock', label: 'Landlock', network }, closed);
    assert.deepEqual([shut('all'), shut('tcp'), shut('none')], [
      'Landlock: no access to your files and no network',
      'Landlock: no access to your files and no TCP connections',
      'Landlock: no access to your files; the network cannot be closed here',
    ]);
  });

  it('is that there is none, and why, and then the command runs as it is', () => {
    assert.equal(describeCage(none, closed), 'None: this kernel has no Landlock (Function not implemented), and bubblewrap is not installed. It can read your files and use your network');
    assert.deepEqual(cagedCommand(none, 'python3', '/home', { read: [], write: [], network: false }, ['serve', '--port', '1']), ['serve', '--port', '1']);
  });
});
