/** Names of the jobs that runs put on the queue. Payloads hold ids only. */
export const ATTEMPT_TASK = 'run.attempt';
export const TIMER_TASK = 'run.timer';
/** Start the run that a step asked for. */
export const START_TASK = 'run.start';
/** End a run on behalf of its parent. */
export const END_TASK = 'run.end';
/** Tell a parent that its child run has ended. */
export const TELL_PARENT_TASK = 'run.tell_parent';
/** Hand over what a step waits for and has happened already. */
export const CATCH_UP_TASK = 'run.catch_up';
/** Write the mails of what people are to be told. */
export const TELL_TASK = 'run.tell';
/** Tell a role that people do not answer. */
export const ESCALATE_TASK = 'run.escalate';
/** Tell people of the client that something waits for them. */
export const ASKED_TASK = 'run.asked';
