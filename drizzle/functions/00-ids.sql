-- UUIDv7 at a given time, so that ids made here sort with the ones that the Worker makes.
create or replace function new_id(p_at timestamptz) returns uuid
language sql volatile as $$
  select encode(
    set_bit(set_bit(
      overlay(uuid_send(gen_random_uuid())
        placing substring(int8send(floor(extract(epoch from p_at) * 1000)::bigint) from 3) from 1 for 6),
      52, 1), 53, 1),
    'hex')::uuid
$$;

-- Away from zero at eight decimals: reservations and fees are never short by a unit.
create or replace function round_up_8(p_amount numeric) returns numeric
language sql immutable as $$
  select sign(p_amount) * ceil(abs(p_amount) * 100000000) * 0.00000001
$$;

-- `p_amount * p_part / p_whole` at eight decimals, halves away from zero. Rounded once: the division of numeric rounds
-- by itself, to as few as eight decimals, and round() would round that again.
create or replace function part_of(p_amount numeric, p_part numeric, p_whole numeric) returns numeric
language sql immutable as $$
  select sign(p_amount) * div(2 * abs(p_amount) * p_part * 100000000 + p_whole, 2 * p_whole) * 0.00000001
$$;

-- A row as JSON with every number as exact text: JSON numbers would become floats on their way to the client.
create or replace function row_json(p_row jsonb) returns jsonb
language sql immutable as $$
  select jsonb_object_agg(key, case jsonb_typeof(value) when 'number' then to_jsonb(value #>> '{}') else value end)
  from jsonb_each(p_row)
$$;

create or replace function is_open(p_status order_status) returns boolean
language sql immutable as $$
  select p_status in ('pending_new', 'accepted', 'new', 'partially_filled', 'pending_cancel', 'pending_replace')
$$;
