/** Events on a scale. */
import assert from 'node:assert/strict';
import type { TimelineEventItem } from '../../debug-adapter/dap/picture-protocol.ts';
import {
  kindsOf,
  matchingEvents,
  nearestEvent,
  runsOf,
  scaleOf,
} from '../../extension/views/timeline-model.ts';

function event(time: number, cpu = 0, thread?: number, kind = 'save'): TimelineEventItem {
  return {
    cpu,
    time: `0x${time.toString(16)}`,
    kind,
    label: `${kind} f${time}`,
    ...(thread !== undefined && { thread: `0x${thread.toString(16)}` as const }),
  };
}

describe('timeline model', () => {
  const events = [event(10), event(20), event(30), event(10_030), event(10_040)];

  it('shortens idle time, and says how much it was', () => {
    const short = scaleOf(events, true);
    assert.deepEqual(short.positions, [0, 1, 2, 6, 7]);
    assert.deepEqual(short.breaks, [{ from: 2, to: 6, ticks: 10_000n }]);
    const whole = scaleOf(events, false);
    assert.deepEqual(whole.positions, [0, 1, 2, 1002, 1003]);
    assert.deepEqual(whole.breaks, []);
  });

  it('survives events at one time, one event, and none', () => {
    assert.deepEqual(scaleOf([event(5), event(5)], true).positions, [0, 0]);
    assert.deepEqual(scaleOf([event(5)], true).positions, [0]);
    assert.equal(scaleOf([], true).width, 0);
  });

  it('holds 64-bit times apart', () => {
    const late = [event(0), { ...event(1), time: '0xffffffffffffffff' as const }];
    assert.equal(scaleOf(late, false).positions.length, 2);
    const near = [0n, 3n, 5n].map((offset) => ({
      ...event(0),
      time: `0x${(0xffff_ffff_ffff_fff0n + offset).toString(16)}` as const,
    }));
    assert.deepEqual(scaleOf(near, false).positions, [0, 1, 1 + 2 / 3]);
  });

  it('joins the events of a thread until another one runs on its CPU', () => {
    const runs = runsOf([
      event(1, 0, 7),
      event(2, 1, 8),
      event(3, 0, 7),
      event(4, 0, 9),
      event(5, 0, 7),
    ]);
    assert.deepEqual(
      runs.map(({ cpu, thread, first, last }) => [cpu, thread, first, last]),
      [
        [0, '0x7', 0, 2],
        [1, '0x8', 1, 1],
        [0, '0x9', 3, 3],
        [0, '0x7', 4, 4],
      ],
    );
    assert.deepEqual(runsOf([event(1)]), []);
  });

  it('finds events by words, and the nearest of a CPU', () => {
    const list = [event(1, 0, 7), event(2, 1, 7, 'restore'), event(9, 1, 8, 'restore')];
    assert.deepEqual(matchingEvents(list, 'RESTORE 0x8'), [2]);
    assert.deepEqual(matchingEvents(list, '  '), []);
    assert.deepEqual(kindsOf(list), ['restore', 'save']);
    const scale = scaleOf(list, false);
    assert.equal(nearestEvent(list, scale, 1, scale.width), 2);
    assert.equal(nearestEvent(list, scale, 1, 0), 1);
    assert.equal(nearestEvent(list, scale, 5, 0), undefined);
  });
});
