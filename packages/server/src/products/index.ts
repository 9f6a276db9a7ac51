export { type BillingRules, billingRulesOf, type DunningStep } from './core/billing-rules.ts';
export type { ProductDatabase } from './core/databases.ts';
export {
  type Limit,
  PLANS,
  type Plan,
  type PlanLimit,
  type PlanTable,
  planTableSchema,
} from './core/plan-table.ts';
export {
  type Profile,
  parseProfile,
  VENDOR_CONTACT_ROLES,
  type VendorContactRole,
} from './core/profile.ts';
export { type ListedProduct, listProducts } from './list-products.ts';
export { type Environment, findProduct, loadEnvironment, loadProduct, type Product } from './load.ts';
export { type EnvironmentInput, saveEnvironment, saveProduct } from './save.ts';
