import './portal.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { keepShell } from '../parts/keep-shell.ts';
import { App } from './app.tsx';

keepShell();
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root.');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
