export { askWish, type NewVisitorWish } from './ask-wish.ts';
export { currentWishes, listTenantWishes, wishPlaceOf } from './read-wishes.ts';
