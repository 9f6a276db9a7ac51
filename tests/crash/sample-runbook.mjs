/** One action of each delivery, a probe, a task, a sign-off. A latch holds the call of `first` in the air. */
export const SAMPLE = 'sample';

/** The steps with an effect outside, by delivery. */
export const STEP_OF = /** @type {const} */ ({ idempotent: 'first', readback: 'second', unknown: 'third' });
export const ACTION_OF = /** @type {const} */ ({
  idempotent: 'outside.make',
  readback: 'outside.note',
  unknown: 'outside.shout',
});

export const SAMPLE_SOURCE = `
runbook: ${SAMPLE}
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug]
  properties:
    slug: { type: string }
    latch: { type: string, default: "" }
    fault: { type: string, default: none }
roles:
  engineer: { title: Engineer }
  lead: { title: Lead }
  client: { title: Client, party: client }
may: { override: [lead], cancel: [lead], rollback: [lead] }
phases:
  - id: make
    owner: engineer
    steps:
      - id: first
        uses: outside.make
        with: { name: "\${{ intake.slug }}", latch: "\${{ intake.latch }}" }
      - id: second
        uses: outside.note
        with: { name: "\${{ steps.first.output.name }}-note", fault: "\${{ intake.fault }}" }
      - id: third
        uses: outside.shout
        with: { name: "\${{ intake.slug }}-shout" }
      - id: seen
        check: outside.probe
        with: { name: "\${{ intake.slug }}" }
        expect: output.count == 1
  - id: accept
    owner: engineer
    steps:
      - id: look
        task: Look at it
        evidence: note
      - id: signed
        sign_off: { by: [engineer, client], of: [steps.look], statement: It works }
`;

/** A task, a sign-off and a call that follows them. */
export const TASKS_SOURCE = `
runbook: ${SAMPLE}
version: "1.0"
title: Sample
owner: tests
subject: new_tenant
intake:
  type: object
  required: [slug]
  properties:
    slug: { type: string }
roles:
  engineer: { title: Engineer }
  client: { title: Client, party: client }
may: { override: [engineer], cancel: [engineer], rollback: [engineer] }
phases:
  - id: accept
    owner: engineer
    steps:
      - id: look
        task: Look at it
        evidence: note
      - id: signed
        sign_off: { by: [engineer, client], of: [steps.look], statement: It works }
      - id: after
        uses: outside.make
        with: { name: "\${{ intake.slug }}" }
`;
