import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import './styles.css';
import { preferredLanguage, startWords } from './words/index.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no place for the dashboard');

await startWords(preferredLanguage());
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
