/** What needs no window of its own: one extension host for all, as each start of an editor costs as much as most of these tests. */
import './companion.suite.ts';
import './panels.suite.ts';
import './losses.suite.ts';
import './attention.suite.ts';
import './organize.suite.ts';
import './kernel.suite.ts';
import './policy.suite.ts';
