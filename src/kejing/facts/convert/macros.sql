-- Text as people write it, into exact parts. Nothing here passes through a binary fraction.
-- Amounts: mantissa and power of ten as whole numbers. Dates: the day and how it was written.

-- Spaces of every width, tabs, line ends and a stray byte order mark around the text. Looking at every character of
-- every cell is most of the work of an import, so text that begins and ends with a plain character is left alone.
CREATE OR REPLACE MACRO kj_trim(t) AS
    CASE
        WHEN regexp_full_match(t, '[!-~](.*[!-~])?') THEN t
        ELSE trim(t, concat(' ', chr(9), chr(10), chr(13), chr(160), chr(12288), chr(65279)))
    END;

-- Full-width digits and signs as half-width ones. Text of plain characters has none.
CREATE OR REPLACE MACRO kj_half(t) AS
    CASE
        WHEN regexp_full_match(t, '[ -~]*') THEN t
        ELSE translate(t, '０１２３４５６７８９．，－−＋（）％／：　', '0123456789.,--+()%/: ')
    END;

CREATE OR REPLACE MACRO kj_number_parts(s) AS
    regexp_extract(
        s,
        '^(\(?)([-+]?)[¥￥€£$$]?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?)((?:\.[0-9]*)?)((?:E[-+]?[0-9]{1,2})?)((?:百万|千万|百萬|千萬|万|萬|亿|億|千)?)元?(%?)(\)?)\z',
        ['opened', 'sign', 'whole', 'part', 'power', 'unit', 'percent', 'closed']
    );

-- The slow way: separators, currency signs, 万 and 亿, percent, powers, negative in parentheses.
CREATE OR REPLACE MACRO kj_number_from(p) AS
    CASE
        WHEN p.whole = '' AND length(p.part) < 2 THEN NULL
        WHEN (p.opened = '(') <> (p.closed = ')') OR (p.opened = '(' AND p.sign <> '') THEN NULL
        ELSE struct_pack(
            m := concat(
                CASE WHEN p.sign = '-' OR p.opened = '(' THEN '-' ELSE '' END,
                replace(p.whole, ',', ''),
                substr(p.part, 2)
            ),
            e := CAST(
                COALESCE(TRY_CAST(replace(substr(p.power, 2), '+', '') AS INTEGER), 0)
                - CASE WHEN p.part = '' THEN 0 ELSE length(p.part) - 1 END
                + CASE
                    WHEN p.unit = '' THEN 0
                    WHEN p.unit = '千' THEN 3
                    WHEN p.unit IN ('万', '萬') THEN 4
                    WHEN p.unit IN ('百万', '百萬') THEN 6
                    WHEN p.unit IN ('千万', '千萬') THEN 7
                    ELSE 8
                END
                - CASE WHEN p.percent = '%' THEN 2 ELSE 0 END
                AS INTEGER
            )
        )
    END;

-- The parts of a number that is not written plainly, for kj_number. Its own column, so that it is worked out once.
CREATE OR REPLACE MACRO kj_number_groups(t) AS
    CASE
        WHEN t IS NULL OR regexp_full_match(t, '-?[0-9]+(\.[0-9]+)?') THEN NULL
        ELSE kj_number_parts(upper(replace(kj_half(t), ' ', '')))
    END;

-- Mantissa (text of a whole number) and power of ten of a number, NULL when it is none.
CREATE OR REPLACE MACRO kj_number(t, g) AS
    CASE
        WHEN t IS NULL THEN NULL
        WHEN g IS NULL THEN struct_pack(
            m := replace(t, '.', ''),
            e := CAST(CASE WHEN contains(t, '.') THEN strpos(t, '.') - length(t) ELSE 0 END AS INTEGER)
        )
        ELSE kj_number_from(g)
    END;

CREATE OR REPLACE MACRO kj_power_of_ten(n) AS
    ([1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
      1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
      1000000000000000000]::HUGEINT[])[n + 1];

-- m * 10^x as a whole number, NULL when it is not whole, or too large for 128 bits.
CREATE OR REPLACE MACRO kj_scaled(m, x) AS
    CASE
        WHEN m IS NULL OR x IS NULL THEN NULL
        WHEN m = 0 THEN CAST(0 AS HUGEINT)
        WHEN x >= 0 THEN TRY(m * kj_power_of_ten(x))
        WHEN m % kj_power_of_ten(-x) = 0 THEN m // kj_power_of_ten(-x)
        WHEN x < -18 AND m % kj_power_of_ten(18) = 0
            AND (m // kj_power_of_ten(18)) % kj_power_of_ten(-x - 18) = 0
            THEN m // kj_power_of_ten(18) // kj_power_of_ten(-x - 18)
        ELSE NULL
    END;

CREATE OR REPLACE MACRO kj_date_parts(s) AS
    regexp_extract(
        s,
        '^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?)?\z',
        ['y', 'm', 'd', 'hh', 'mm', 'ss']
    );

-- The day a spreadsheet counts as n, from 1954 to 2119: other numbers of five digits are no dates.
CREATE OR REPLACE MACRO kj_serial_day(s) AS
    CASE
        WHEN regexp_full_match(s, '[2-7][0-9]{4}(\.[0-9]+)?') THEN DATE '1899-12-30' + CAST(substr(s, 1, 5) AS INTEGER)
    END;

-- The parts of a date that is not written as 2025-06-30, for kj_day and kj_instant.
CREATE OR REPLACE MACRO kj_date_groups(t) AS
    CASE
        WHEN t IS NULL OR regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN NULL
        ELSE kj_date_parts(kj_half(t))
    END;

-- A day in one of the named notations, NULL for any other, such as 06/30/2025: nobody guesses.
CREATE OR REPLACE MACRO kj_day(t, g) AS
    CASE
        WHEN t IS NULL THEN NULL
        WHEN g IS NULL THEN TRY_CAST(t AS DATE)
        WHEN g.y <> '' THEN TRY_CAST(concat(g.y, '-', g.m, '-', g.d) AS DATE)
        WHEN regexp_full_match(kj_half(t), '[0-9]{8}')
            THEN TRY_CAST(regexp_replace(kj_half(t), '^(....)(..)(..)', '\1-\2-\3') AS DATE)
    END;

-- A month in one of the named notations, as its first day.
CREATE OR REPLACE MACRO kj_month(t) AS
    CASE
        WHEN length(t) BETWEEN 6 AND 8 AND regexp_full_match(kj_half(t), '[0-9]{4}[-/.年]?[0-9]{1,2}月?')
            THEN TRY_CAST(regexp_replace(kj_half(t), '^([0-9]{4})[-/.年]?([0-9]{1,2})月?', '\1-\2-1') AS DATE)
    END;

-- Days outside of living memory are typing errors, but the two bounds stand for "always".
CREATE OR REPLACE MACRO kj_sensible_day(d) AS
    CASE WHEN d >= DATE '1900-01-01' OR d = DATE '0001-01-01' THEN d END;

-- A day with an optional time of day.
CREATE OR REPLACE MACRO kj_instant(day, g) AS
    CASE
        WHEN day IS NULL THEN NULL
        WHEN g IS NULL OR g.hh = '' THEN CAST(day AS TIMESTAMP)
        ELSE TRY_CAST(concat(CAST(day AS VARCHAR), ' ', lpad(g.hh, 2, '0'), ':', g.mm, ':',
            CASE WHEN g.ss = '' THEN '00' ELSE g.ss END) AS TIMESTAMP)
    END;

-- The time a spreadsheet counts as n days, to the second.
CREATE OR REPLACE MACRO kj_serial_instant(s) AS
    CASE
        WHEN kj_serial_day(s) IS NOT NULL
            THEN CAST(kj_serial_day(s) AS TIMESTAMP)
                + to_seconds(CAST(round(86400 * TRY_CAST(concat('0', substr(s, 6)) AS DOUBLE)) AS BIGINT))
    END
