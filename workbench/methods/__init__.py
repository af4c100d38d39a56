"""Published methods, one a file: small functions of figures, without text, charts or files.

They import nothing of the workbench. A new published method is a file here.

Verdicts on progress
    `eurostat`  growth against required growth, score -5 to 5 (also Statistics Canada, Open SDG)
    `unsd`      United Nations Statistics Division: projected against required change, 0 to 5
    `sdsn`      scores 0 to 100, colours and arrows of the Sustainable Development Report
    `germany`   weather symbols
    `u4ssc`     performance to benchmark in four bands

Statistics they and the workbench rest on
    `growth`            compound growth and what it leads to
    `trendtests`        Mann-Kendall, Sen and least squares for thousands of short series at once
    `distributions`     tails and quantiles of Student's t and others
    `kendall`           what Mann-Kendall's S is worth without a trend
    `multiple_testing`  many tests at once

Shared by them
    `columns`     a function of arrays takes single figures and pandas columns too
    `_series`      many series of differing length as sorted arrays

Figures are floats and NaN is a missing one. A case that a method does not cover gives NaN and a
named code, never an exception or a warning. Rates are shares a year: 0.02 is 2 %. A direction is
1 where up is good and -1 where down is good; 0 has no better end and is never judged.
"""
