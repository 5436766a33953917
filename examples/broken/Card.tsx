import type { ReactNode } from "react";

type CardProps = {
  title: string;
  footer?: ReactNode;
  children: ReactNode;
  onClose?: () => void;
};

export function Card({ title, footer, children, onClose }: CardProps) {
  const closable = onClose !== undefined;

  return (
    <section className="card">
      <header>
        <h2>{title}</h2>
        {closable && <button onClick={onClose}>×</button>
      </header>
      <div className="card-body">{children}</div>
      {footer ? <footer>{footer}</footer> : null}
    </section>
  );
}
