export { openCalendar, type WorkCalendar } from './open-calendar.ts';
export { renderCalendar } from './render-calendar.ts';
