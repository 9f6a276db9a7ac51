export { type Graph, type GraphEdge, type GraphNode, graphOf, toDot, toMermaid } from './graph-of.ts';
export { effectiveOrder, type Order } from './order.ts';
