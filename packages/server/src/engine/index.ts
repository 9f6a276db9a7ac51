export {
  eventsSince,
  findEvent,
  forgetEvents,
  type NewEvent,
  publishEvent,
  SPREAD_TASK,
  type StoredEvent,
} from './events.ts';
export { cancelJob, enqueue, type Job } from './jobs.ts';
export { armKillPoint, KILL_POINTS, type KillPoint, reach } from './kill-points.ts';
export { clearTimers, setTimerOnce, setTimers, sweepTimers, type Timer } from './timers.ts';
export { type JobHandler, migrateQueue, startWorker, type Worker, type WorkerOptions } from './worker.ts';
