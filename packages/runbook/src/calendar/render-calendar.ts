import type { Calendar } from '../definition.ts';
import { renderTemplate, type Scope } from '../expr/index.ts';

/** A runbook's calendar with its texts filled in. Throws `ExpressionError`. */
export function renderCalendar(calendar: Calendar, scope: Scope): Calendar {
  const text = (template: string): string => String(renderTemplate(template, scope));
  return {
    timezone: text(calendar.timezone),
    ...(calendar.workdays === undefined ? {} : { workdays: text(calendar.workdays) }),
    ...(calendar.hours === undefined ? {} : { hours: text(calendar.hours) }),
    ...(calendar.holidays === undefined ? {} : { holidays: calendar.holidays.map(text) }),
  };
}
