export {
  type Actor,
  actorLabel,
  type PersonActor,
  type RunActor,
  SCOPES,
  type Scope,
  type SystemActor,
  systemActor,
} from './actor.ts';
export { type Ctx, permit } from './permit.ts';
