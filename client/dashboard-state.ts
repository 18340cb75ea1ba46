import type { Dashboard } from '../contract/domain.ts';
import type { RoomEvent } from '../contract/messages.ts';

/** The dashboard after an event. The same object when nothing changed; undefined while no whole state came yet. */
export function applyEvent(dashboard: Dashboard | undefined, event: RoomEvent): Dashboard | undefined {
  if (event.type === 'initial_dashboard') return event.data;
  if (dashboard === undefined) return undefined;
  switch (event.type) {
    case 'dashboard_update':
      return { ...dashboard, ...event.data };
    case 'media_uploaded': {
      const others = dashboard.media.filter(({ slug }) => slug !== event.media.slug);
      return { ...dashboard, media: [...others, event.media] };
    }
    case 'media_deleted':
      return { ...dashboard, media: dashboard.media.filter(({ slug }) => slug !== event.slug) };
    case 'loop_updated':
      return { ...dashboard, loop: event.loop };
    case 'playback_changed': {
      const { playback } = event;
      const playbacks = { ...dashboard.playbacks, [playback.display]: playback };
      const isFirst = dashboard.playback.display === playback.display;
      return { ...dashboard, playbacks, ...(isFirst && { playback }) };
    }
    case 'upload_progress': {
      const { transaction, stage, progress, error } = event;
      const uploads = dashboard.uploads.map((one) =>
        one.transaction === transaction ? { ...one, stage, progress, error } : one,
      );
      return { ...dashboard, uploads };
    }
    case 'notice':
    case 'closing':
      return dashboard;
  }
}
