export { cloneDatabase, type TestDatabase, urlOf } from './clone-database.ts';
export { type PrivateCluster, startPrivateCluster } from './private-cluster.ts';
export { makeTestDirectory, quietLog } from './test-cluster.ts';
