import { useState } from "react";

export function Menu({ entries, onSelect }) {
  const [open, setOpen] = useState(false);

  return (
    <nav className="menu">
      <button onClick={() => setOpen(!open)}>
        {open ? "Close" : "Menu"}
      </button>
      {open && (
        <ul>
          {entries.map((entry) => (
            <li key={entry.id}>
              <a href={entry.url} onClick={() => onSelect(entry)}>
                {entry.title}
              </a>
            </li>
          )}
        </ul>
      )}
    </nav>
  );
}
