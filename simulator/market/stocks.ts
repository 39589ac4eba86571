/** symbol | name | exchange | price | volatility a year | mean ticks a second */
export const STOCK_ROWS = `
F|Ford Motor Company Common Stock|NYSE|13.10|0.38|2.4
T|AT&T Inc. Common Stock|NYSE|26.40|0.24|2.0
SOFI|SoFi Technologies, Inc. Common Stock|NASDAQ|27.80|0.62|2.8
NOK|Nokia Corporation Sponsored American Depositary Shares|NYSE|6.15|0.36|1.4
AAL|American Airlines Group Inc. Common Stock|NASDAQ|12.75|0.48|1.8
SNAP|Snap Inc. Class A Common Stock|NYSE|8.05|0.64|1.6
BAC|Bank of America Corporation Common Stock|NYSE|52.30|0.26|2.2
WBD|Warner Bros. Discovery, Inc. Series A Common Stock|NASDAQ|22.45|0.52|1.6
INTC|Intel Corporation Common Stock|NASDAQ|36.70|0.52|2.6
PFE|Pfizer Inc. Common Stock|NYSE|24.90|0.28|1.8
VZ|Verizon Communications Inc. Common Stock|NYSE|40.60|0.22|1.5
KO|Coca-Cola Company Common Stock|NYSE|71.20|0.17|1.3
C|Citigroup Inc. Common Stock|NYSE|98.60|0.31|1.6
WFC|Wells Fargo & Company Common Stock|NYSE|83.90|0.29|1.5
CMCSA|Comcast Corporation Class A Common Stock|NASDAQ|27.35|0.30|1.3
CSCO|Cisco Systems, Inc. Common Stock|NASDAQ|76.80|0.25|1.6
UBER|Uber Technologies, Inc. Common Stock|NYSE|86.40|0.38|1.9
LYFT|Lyft, Inc. Class A Common Stock|NASDAQ|20.15|0.60|1.2
HOOD|Robinhood Markets, Inc. Class A Common Stock|NASDAQ|94.70|0.72|2.4
RIVN|Rivian Automotive, Inc. Class A Common Stock|NASDAQ|15.30|0.62|1.7
LCID|Lucid Group, Inc. Common Stock|NASDAQ|13.65|0.70|1.1
NIO|NIO Inc. American Depositary Shares|NYSE|5.45|0.60|1.5
PLUG|Plug Power Inc. Common Stock|NASDAQ|2.05|0.95|1.4
CCL|Carnival Corporation Common Stock|NYSE|25.90|0.46|1.3
NCLH|Norwegian Cruise Line Holdings Ltd. Ordinary Shares|NYSE|18.40|0.52|1.0
DAL|Delta Air Lines, Inc. Common Stock|NYSE|60.75|0.40|1.1
UAL|United Airlines Holdings, Inc. Common Stock|NASDAQ|93.20|0.48|1.0
LUV|Southwest Airlines Co. Common Stock|NYSE|33.55|0.38|0.9
JBLU|JetBlue Airways Corporation Common Stock|NASDAQ|4.35|0.70|0.8
GM|General Motors Company Common Stock|NYSE|69.80|0.36|1.2
KHC|The Kraft Heinz Company Common Stock|NASDAQ|25.10|0.22|0.8
MO|Altria Group, Inc. Common Stock|NYSE|58.25|0.21|0.9
KMI|Kinder Morgan, Inc. Common Stock|NYSE|26.95|0.24|0.8
OXY|Occidental Petroleum Corporation Common Stock|NYSE|41.60|0.33|1.0
SLB|SLB Limited Common Stock|NYSE|36.20|0.36|1.0
HAL|Halliburton Company Common Stock|NYSE|26.75|0.38|0.9
FCX|Freeport-McMoRan Inc. Common Stock|NYSE|40.85|0.42|1.1
NEM|Newmont Corporation Common Stock|NYSE|87.30|0.40|0.9
VALE|Vale S.A. American Depositary Shares|NYSE|12.20|0.36|1.1
PBR|Petroleo Brasileiro S.A. American Depositary Shares|NYSE|12.90|0.35|1.0
ITUB|Itau Unibanco Holding S.A. American Depositary Shares|NYSE|7.55|0.30|0.8
ABEV|Ambev S.A. American Depositary Shares|NYSE|2.40|0.30|0.7
GRAB|Grab Holdings Limited Class A Ordinary Shares|NASDAQ|5.30|0.48|1.0
OPEN|Opendoor Technologies Inc. Common Stock|NASDAQ|7.60|1.10|1.9
MARA|MARA Holdings, Inc. Common Stock|NASDAQ|11.85|0.90|2.0
RIOT|Riot Platforms, Inc. Common Stock|NASDAQ|14.40|0.88|1.7
CLSK|CleanSpark, Inc. Common Stock|NASDAQ|11.20|0.92|1.4
DKNG|DraftKings Inc. Class A Common Stock|NASDAQ|30.60|0.50|1.0
PINS|Pinterest, Inc. Class A Common Stock|NYSE|25.70|0.46|1.0
ROKU|Roku, Inc. Class A Common Stock|NASDAQ|96.10|0.55|0.8
SIRI|Sirius XM Holdings Inc. Common Stock|NASDAQ|20.90|0.42|0.6
GT|The Goodyear Tire & Rubber Company Common Stock|NASDAQ|8.30|0.50|0.6
HPQ|HP Inc. Common Stock|NYSE|24.45|0.32|0.8
HPE|Hewlett Packard Enterprise Company Common Stock|NYSE|21.75|0.40|0.8
KEY|KeyCorp Common Stock|NYSE|17.95|0.33|0.8
HBAN|Huntington Bancshares Incorporated Common Stock|NASDAQ|15.85|0.31|0.8
USB|U.S. Bancorp Common Stock|NYSE|47.40|0.28|0.8
SCHW|The Charles Schwab Corporation Common Stock|NYSE|92.50|0.29|0.9
NU|Nu Holdings Ltd. Class A Ordinary Shares|NYSE|16.25|0.40|1.5
PATH|UiPath, Inc. Class A Common Stock|NYSE|13.80|0.58|0.8
SOUN|SoundHound AI, Inc. Class A Common Stock|NASDAQ|12.05|0.95|1.6
BBD|Banco Bradesco S.A. American Depositary Shares|NYSE|3.60|0.36|0.7
TLRY|Tilray Brands, Inc. Class 2 Common Stock|NASDAQ|0.9650|0.85|0.9
GPRO|GoPro, Inc. Class A Common Stock|NASDAQ|1.75|0.90|0.5
RF|Regions Financial Corporation Common Stock|NYSE|24.90|0.30|0.7
CSX|CSX Corporation Common Stock|NASDAQ|35.20|0.24|0.7
AGNC|AGNC Investment Corp. Common Stock|NASDAQ|10.40|0.22|0.6
ET|Energy Transfer LP Common Units|NYSE|16.70|0.22|0.7
FITB|Fifth Third Bancorp Common Stock|NASDAQ|43.10|0.30|0.7
WU|The Western Union Company Common Stock|NYSE|8.75|0.33|0.5
AES|The AES Corporation Common Stock|NYSE|13.90|0.41|0.6
NWL|Newell Brands Inc. Common Stock|NASDAQ|3.45|0.58|0.4
PLTR|Palantir Technologies Inc. Class A Common Stock|NASDAQ|155.40|0.62|2.6
AAPL|Apple Inc. Common Stock|NASDAQ|268.50|0.28|2.8
MSFT|Microsoft Corporation Common Stock|NASDAQ|475.20|0.24|2.2
NVDA|NVIDIA Corporation Common Stock|NASDAQ|181.30|0.45|3.0
AMZN|Amazon.com, Inc. Common Stock|NASDAQ|221.80|0.31|2.2
TSLA|Tesla, Inc. Common Stock|NASDAQ|392.60|0.58|2.8
`;
