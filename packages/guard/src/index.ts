/** The SDK for the vendor's application: status, limits, rate, row-level security. An empty shell until its release. */
export {};
