import type { ComponentChildren, VNode } from 'preact';
import type { FleetEntry } from '../../server/contract/fleet.ts';
import { formatLatency } from '../../server/contract/format/durations.ts';
import { changeCovers, changeSentence, driftWord, performanceCovers, performanceText, standingSentence, standingWord } from '../../server/contract/format/fleet.ts';
import { formatNumber, formatShare } from '../../server/contract/format/numbers.ts';
import { isUnwell } from '../../server/contract/monitoring.ts';
import { useActions } from '../ui/actions.ts';
import { Badge, LinkButton, RelativeTime, type Tone } from '../ui/blocks.tsx';
import { now } from '../ui/now.ts';

interface Look {
  readonly tone: Tone;
  readonly icon: string;
}

function lookOf({ standing }: FleetEntry): Look {
  switch (standing) {
    case 'incident':
    case 'failed':
      return { tone: 'bad', icon: 'error' };
    case 'waits':
      return { tone: 'warning', icon: 'debug-pause' };
    case 'degraded':
    case 'acknowledged':
    case 'drifted':
      return { tone: 'warning', icon: 'warning' };
    case 'well':
      return { tone: 'good', icon: 'pass' };
    case 'quiet':
      return { tone: 'neutral', icon: 'circle-slash' };
    case 'stopped':
      return { tone: 'neutral', icon: 'debug-stop' };
    default:
      return { tone: 'neutral', icon: 'question' };
  }
}

/** What is worth saying of an endpoint beside its figures. */
function sentencesOf(entry: FleetEntry): string {
  const { drift } = entry;
  const moved = drift !== null && isUnwell(drift) ? drift.sentence : '';
  const standing = standingSentence(entry, now.value);
  return [standing, standing.includes(moved) ? '' : moved, changeSentence(entry, now.value) ?? ''].filter((part) => part !== '').join(' ');
}

interface FleetRowProps {
  readonly entry: FleetEntry;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly labels: readonly string[];
}

/** One endpoint: its name, how it stands, its figures, and a sentence below. */
export function FleetRow({ entry, index, top, height, labels }: FleetRowProps): VNode {
  const actions = useActions();
  const { endpoint, model, traffic, drift, incident, liveVersion, liveSince, releasedBy } = entry;
  const { tone, icon } = lookOf(entry);
  const said = sentencesOf(entry);
  const failed = traffic.requests === 0 ? '–' : formatShare(traffic.serverErrors / traffic.requests);
  const cell = (column: number, content: ComponentChildren, title?: string, tone?: string): VNode => (
    <span role="cell" class={tone === undefined ? 'fleet-cell' : `fleet-cell ${tone}`} data-label={labels[column]} title={title}>
      {content}
    </span>
  );
  return (
    <div role="row" aria-rowindex={index + 2} data-row={index} class="fleet-row" style={{ transform: `translateY(${top}px)`, height: `${height}px` }}>
      <div role="presentation" class="fleet-columns">
        <span role="cell" class="fleet-endpoint">
          <button type="button" class="link fleet-name" title={model === endpoint ? endpoint : `${endpoint}, model ${model}`} onClick={() => { actions.show({ panel: 'monitoring', endpoint }); }}>
            {endpoint}
          </button>
          <Badge tone={tone} icon={icon}>
            {standingWord(entry)}
          </Badge>
        </span>
        {cell(1, traffic.lost === 0 ? formatNumber(traffic.requests) : `${formatNumber(traffic.requests)} + ${formatNumber(traffic.lost)}`, traffic.lost === 0 ? 'of the last hour' : `of the last hour; ${formatNumber(traffic.lost)} were answered and are not in the log`)}
        {cell(2, failed, 'of the server or its model, of the last hour', traffic.serverErrors > 0 ? 'tone-bad' : undefined)}
        {cell(3, traffic.p99 === null ? '–' : formatLatency(traffic.p99), 'at the gateway, of the last hour')}
        {cell(4, driftWord(entry), drift?.sentence, drift !== null && isUnwell(drift) ? 'tone-warning' : undefined)}
        {cell(5, performanceText(entry), performanceCovers(entry))}
        {cell(
          6,
          liveVersion === null || liveSince === null ? (
            '–'
          ) : (
            <LinkButton title={`Releases of ${endpoint}${releasedBy === null ? '' : `; released by ${releasedBy}`}`} onClick={() => { actions.show({ panel: 'releases', endpoint }); }}>
              v{liveVersion}, <RelativeTime at={liveSince} />
            </LinkButton>
          ),
        )}
        {cell(
          7,
          incident === null ? (
            '–'
          ) : (
            <LinkButton title={incident.title} onClick={() => { void actions.command('slipway.openIncident', { incident: incident.id }).catch(() => undefined); }}>
              {incident.id}, <RelativeTime at={incident.openedAt} />
            </LinkButton>
          ),
        )}
      </div>
      <p role="presentation" class="fleet-said" title={`${said}${changeSentence(entry, now.value) === undefined ? '' : ` (${changeCovers(entry) ?? ''})`}`}>
        {said}
      </p>
    </div>
  );
}
