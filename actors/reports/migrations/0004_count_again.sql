-- migrate:up

-- Figures tell more than they did: adjustments, and what taxes were taken of. Where there are some, all are counted again from the log, beside
-- those of now.
DELETE FROM reports.days USING reports.state WHERE days.generation <> state.generation;
DELETE FROM reports.sums USING reports.state WHERE sums.generation <> state.generation;
DELETE FROM reports.refunds USING reports.state WHERE refunds.generation <> state.generation;
DELETE FROM reports.closed USING reports.state WHERE closed.books = 'days_' || (1 - state.generation);
UPDATE reports.state SET building = true, position = 0, head = 0 WHERE EXISTS (SELECT FROM reports.days);

-- migrate:down
UPDATE reports.state SET building = false;
