using System.Runtime.CompilerServices;
using Snapback.Proxy.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace Snapback.Proxy.Observing;

/// <summary>A forwarder whose word on a request under a rollout is heard in the moment it is given: nothing else has to wait with the request.</summary>
internal sealed class ObservedForwarder(IHttpForwarder forwarder) : IHttpForwarder, IDisposable
{
    /// <summary>Around the one that is registered.</summary>
    public static void Use(IServiceCollection services)
    {
        var inner = services.Last(service => service.ServiceType == typeof(IHttpForwarder));
        services.AddSingleton<IHttpForwarder>(provider => new ObservedForwarder((IHttpForwarder)(
            inner.ImplementationFactory?.Invoke(provider) ?? ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!))));
    }

    public ValueTask<ForwarderError> SendAsync(HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer) =>
        SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, CancellationToken.None);

    public ValueTask<ForwarderError> SendAsync(
        HttpContext context, string destinationPrefix, HttpMessageInvoker httpClient, ForwarderRequestConfig requestConfig, HttpTransformer transformer, CancellationToken cancellationToken)
    {
        var request = transformer is ArmTransformer ? context.Features.Find<ProxiedRequest>() : null;
        var sending = forwarder.SendAsync(context, destinationPrefix, httpClient, requestConfig, transformer, cancellationToken);
        if (request is null)
        {
            return sending;
        }

        request.IsForwarded = true;
        return EndAsync(sending, request);
    }

    public void Dispose() => (forwarder as IDisposable)?.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ForwarderError> EndAsync(ValueTask<ForwarderError> sending, ProxiedRequest request)
    {
        var error = ForwarderError.RequestCanceled;
        try
        {
            return error = await sending;
        }
        finally
        {
            request.OnEnd(error);
        }
    }
}
