export { openCalendar, type WorkCalendar } from '../calendar/index.ts';
export { type Forecast, forecastTimeline, type PhaseForecast } from './forecast.ts';
export {
  type Effort,
  type InfeasibleDate,
  type PlannedPhase,
  planTimeline,
  type TimelinePlan,
  type TimelineRequest,
} from './plan-timeline.ts';
export { type PhaseSlippage, slippage } from './slippage.ts';
export { timelineRequest } from './timeline-request.ts';
