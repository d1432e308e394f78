-- The small functions that canonical values, tolerances and rows as JSON are made of.

-- A decimal's text with a digit before the point, which the engine leaves out where the type has
-- none there: as decimal(2,2) it spells 0.50 as .50.
CREATE OR REPLACE TEMP MACRO reconcile_decimal(x) AS
    CASE
        WHEN starts_with(CAST(x AS VARCHAR), '.') THEN '0' || CAST(x AS VARCHAR)
        WHEN starts_with(CAST(x AS VARCHAR), '-.') THEN '-0' || substr(CAST(x AS VARCHAR), 2)
        ELSE CAST(x AS VARCHAR)
    END;

-- A decimal's text without trailing zeros: 1.10 and 1.1 are one value.
CREATE OR REPLACE TEMP MACRO reconcile_decimal_text(x) AS
    CASE
        WHEN contains(reconcile_decimal(x), '.')
            THEN rtrim(rtrim(reconcile_decimal(x), '0'), '.')
        ELSE reconcile_decimal(x)
    END;

-- A float64's exact decimal text, or a marked shortest text where no decimal can equal it.
CREATE OR REPLACE TEMP MACRO reconcile_float_number(x) AS
    CASE
        WHEN isnan(x) THEN 'NaN'
        WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
        WHEN x = 0 THEN '0'
        WHEN x = trunc(x) THEN printf('%.0f', x)
        WHEN x * 1208925819614629174706176 = trunc(x * 1208925819614629174706176)
            THEN rtrim(printf('%.80f', x), '0')
        ELSE '~' || CAST(x AS VARCHAR)
    END;

-- A float's shortest text: one NaN, one zero, and otherwise as many texts as values.
CREATE OR REPLACE TEMP MACRO reconcile_float_text(x) AS
    CASE
        WHEN isnan(x) THEN 'NaN'
        WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
        WHEN x = 0 THEN '0.0'
        ELSE CAST(x AS VARCHAR)
    END;

-- A float as JSON; what JSON has no number for is text.
CREATE OR REPLACE TEMP MACRO reconcile_float_json(x) AS
    CASE WHEN isfinite(x) THEN CAST(x AS VARCHAR) ELSE '"' || reconcile_float_text(x) || '"' END;

-- The largest multiple of a unit that is not above x.
CREATE OR REPLACE TEMP MACRO reconcile_floor(x, unit) AS
    x - ((x % unit) + unit) % unit;

-- Whole nanoseconds since the epoch as ISO 8601 text.
CREATE OR REPLACE TEMP MACRO reconcile_iso(x, zone) AS
    replace(CAST(make_timestamp(CAST(reconcile_floor(x, 1000000000) // 1000 AS BIGINT)) AS VARCHAR), ' ', 'T')
    || '.' || lpad(CAST(x - reconcile_floor(x, 1000000000) AS VARCHAR), 9, '0') || zone;

-- Whether two unequal numbers are within a tolerance: judged in float64 where its error cannot
-- matter, exactly where it could.
CREATE OR REPLACE TEMP MACRO reconcile_close(x, y, x_text, y_text, absolute, relative) AS
    CASE
        WHEN x IS NULL OR y IS NULL THEN false
        WHEN NOT isfinite(x) OR NOT isfinite(y) THEN false
        WHEN abs(x - y) > 1.000000001 * greatest(
                CAST(absolute AS DOUBLE), CAST(relative AS DOUBLE) * greatest(abs(x), abs(y))
            ) + 1e-15 * (abs(x) + abs(y)) THEN false
        WHEN abs(x - y) < 0.999999999 * greatest(
                CAST(absolute AS DOUBLE), CAST(relative AS DOUBLE) * greatest(abs(x), abs(y))
            ) - 1e-15 * (abs(x) + abs(y)) THEN true
        ELSE reconcile_exactly_close(x_text, y_text, absolute, relative)
    END;

-- A hash as a number from 0 to 2^63 - 1.
CREATE OR REPLACE TEMP MACRO reconcile_signed(x) AS
    CAST(x >> 1 AS BIGINT);

-- What guards a row's hashes in a sketch. The engine combines arguments by XOR, so that the guards
-- of two rows that exchange their values would often have one sum: hence the hash around it.
CREATE OR REPLACE TEMP MACRO reconcile_guard(key_hash, row_hash) AS
    reconcile_signed(hash(hash(key_hash, row_hash)));

-- The cell of a guard in one of the three thirds of a sketch, each of so many cells, a power of two.
CREATE OR REPLACE TEMP MACRO reconcile_place(guard, nth, third) AS
    (hash(guard) >> (21 * nth)) & (third - 1);
