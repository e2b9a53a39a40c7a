-- What came to each exchange on Ethereum and left it, by day and coin, USD.
-- Save it as a query at dune.com and put its number into DUNE_QUERY_ID; it takes no parameters.
-- cex_ethereum.flows labels transfers by the exchanges' known wallets. Moves within an exchange and between exchanges are left out.
-- amount_usd is absurd for some tokens that nobody prices: only known contracts count, and no transfer above a billion.
SELECT
    date_trunc('day', block_time) AS day,
    cex_name,
    token_symbol,
    SUM(CASE WHEN flow_type = 'Inflow' THEN amount_usd ELSE 0 END) AS inflow_usd,
    SUM(CASE WHEN flow_type = 'Outflow' THEN amount_usd ELSE 0 END) AS outflow_usd
FROM cex_ethereum.flows
WHERE block_month >= date_trunc('month', now() - interval '4' day)
    AND block_time >= date_trunc('day', now()) - interval '3' day
    AND block_time < date_trunc('day', now())
    AND flow_type IN ('Inflow', 'Outflow')
    AND amount_usd BETWEEN 0 AND 1000000000
    AND (
        token_standard = 'native' AND token_symbol = 'ETH'
        OR token_address IN (
            0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2, -- WETH
            0xdac17f958d2ee523a2206206994597c13d831ec7, -- USDT
            0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48  -- USDC
        )
    )
GROUP BY 1, 2, 3
ORDER BY 1 DESC, 2, 3
