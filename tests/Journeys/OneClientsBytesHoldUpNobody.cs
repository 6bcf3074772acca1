using System.Net.Sockets;
using System.Text;

namespace Snapback.Journeys;

/// <summary>
/// The thread that polls the sockets serves requests itself, and a machine with one core has one such thread. A client that always has bytes for it,
/// or takes all that there are, must not keep it for itself.
/// </summary>
public sealed class OneClientsBytesHoldUpNobody : Journey
{
    private const int Clients = 4;

    /// <summary>One after the other. Without turns it was 5 beside downloads, none beside uploads and 17 beside requests; with them 185 and more.</summary>
    private const int Fewest = 40;

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private static readonly byte[] Buffer = new byte[256 * 1024];
    private static readonly byte[] Refused = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 5000)));

    [Theory]
    [InlineData("yarp")]
    [InlineData("lean")]
    public async Task Neither_with_downloads_nor_with_uploads_nor_with_requests_one_behind_the_other(string forwarder)
    {
        using var upstream = new Endless();
        var proxy = Own(SnapbackProcess.Start(
            Folder,
            ["--stable", upstream.Uri.ToString(), "--canary", upstream.Uri.ToString()],
            environment: new Dictionary<string, string> { ["DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT"] = "1", ["Snapback__Forwarder"] = forwarder }));
        await proxy.ReadyAsync();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        var answered = new Dictionary<string, int>
        {
            ["downloads"] = await AnsweredWhileAsync("GET /1000000000000 HTTP/1.1\r\nHost: a\r\n\r\n", ReadAsync),
            ["uploads"] = await AnsweredWhileAsync(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000000\r\n\r\n", socket => WriteAsync(socket, Buffer)),
            ["requests"] = await AnsweredWhileAsync("", socket => Task.WhenAll(ReadAsync(socket), WriteAsync(socket, Refused))),
        };
        Assert.All(answered, one => Assert.True(one.Value >= Fewest, $"Only {one.Value} answers in {Length} beside {one.Key}."));

        async Task<int> AnsweredWhileAsync(string head, Func<Socket, Task> goOn)
        {
            List<Socket> sockets = [];
            List<Task> going = [];
            for (var i = 0; i < Clients; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                await socket.ConnectAsync(proxy.Traffic.Host, proxy.Traffic.Port, Ended);
                await socket.SendAsync(Encoding.ASCII.GetBytes(head), Ended);
                going.Add(goOn(socket));
            }

            var count = await CountAsync();
            Assert.All(going, one => Assert.False(one.IsCompleted, "A client was done before the end."));
            sockets.ForEach(socket => socket.Dispose());
            await Task.WhenAll(going).ContinueWith(static _ => { }, TaskScheduler.Default);
            return count;
        }

        async Task<int> CountAsync()
        {
            using var end = new CancellationTokenSource(Length);
            var count = 0;
            try
            {
                while (!end.IsCancellationRequested)
                {
                    using var answer = await client.GetAsync(new Uri(proxy.Traffic, "/2"), end.Token);
                    Assert.Equal(200, (int)answer.StatusCode);
                    count++;
                }
            }
            catch (OperationCanceledException)
            {
                // The last one was not answered in time.
            }

            return count;
        }
    }

    private static async Task ReadAsync(Socket socket)
    {
        var buffer = new byte[Buffer.Length];
        while (await socket.ReceiveAsync(buffer) > 0)
        {
        }
    }

    private static async Task WriteAsync(Socket socket, byte[] bytes)
    {
        while (true)
        {
            await socket.SendAsync(bytes);
        }
    }
}
